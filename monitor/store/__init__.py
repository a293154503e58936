"""What must outlive the process, behind one protocol: calls with their history, watermarks and gaps, audit."""
