"""What the public face needs of pages, loaded for one site and many pages at a time, in few statements."""
