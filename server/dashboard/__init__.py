"""The desk on screen: the files of the browser page, and the one module that serves them."""
