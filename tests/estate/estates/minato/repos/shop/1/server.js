listen(1)
