listen(3)
