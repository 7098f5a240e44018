"""過去のトラブル一覧: every incident page as one row, and the list's formats."""
