// Filled in by this target's first source file.
