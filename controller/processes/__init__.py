"""Helper processes: how the supervisor starts and watches them (`helper`), and how they hang on its line (`parent_line`)."""
