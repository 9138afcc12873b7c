"""The trail: entries as people read them, look for them and find what stands around them."""
