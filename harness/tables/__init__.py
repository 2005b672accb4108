"""Reading a stranger's file: when it is adopted, and every later one."""
