"""Links of a page to places in esa: found, followed and respelled when a plan moves what they lead to. Pure."""
