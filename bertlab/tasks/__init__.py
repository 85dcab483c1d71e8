"""What each task adds to the training loop: its data, its head's input and its judgement."""
