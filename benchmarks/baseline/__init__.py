"""What a laboratory's own developer builds in a day: Django admin, simple-history, import-export."""
