"""Correspondences: which concept of one field plays the part of which concept of another."""
