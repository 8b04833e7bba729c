"""What `app/queue` promises."""
