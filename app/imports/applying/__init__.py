"""From a plan to rows of the library, and back."""
