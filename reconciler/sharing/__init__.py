"""The state in Git: committed after a run, pushed as compare-and-swap, merged by resource."""
