"""What is wrong with each listing, bug by bug."""
