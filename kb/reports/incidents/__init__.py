"""過去のトラブル一覧: every incident page as one small row, and the forms the list is written in."""
