"""About the page: sections it lacks, headings, guidance left over."""
