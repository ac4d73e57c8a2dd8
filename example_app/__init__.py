"""A small shop that shows what the guard does: the same shelf with it and without it."""
