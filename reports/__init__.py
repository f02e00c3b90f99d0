"""What people read: the PDF, the CSV files, fonts and templates."""
