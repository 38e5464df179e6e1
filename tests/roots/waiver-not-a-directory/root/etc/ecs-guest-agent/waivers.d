no directory
