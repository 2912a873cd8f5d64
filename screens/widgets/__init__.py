"""The three line widgets of which every page is made."""
