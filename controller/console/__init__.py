"""The screen: a process of its own that shows the loop to browsers and hands their wishes to the supervisor."""
