"""Middleware between recommendations or ads and the person who would see them."""
