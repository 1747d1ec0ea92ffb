"""What can be told of a translation without knowing the languages: what must stay, and in which script it is."""
