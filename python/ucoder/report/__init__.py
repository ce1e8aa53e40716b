"""What people see: progress while a run works, tables when it is done."""
