"""What a data set is like: the verbs and nouns of its instructions, how it covers its tasks, how it compares."""
