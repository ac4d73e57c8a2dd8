"""One small shop in each framework, guarded in two lines; they run as tests."""
