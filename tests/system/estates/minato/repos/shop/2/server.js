listen(2)
