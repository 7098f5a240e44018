"""esa.io."""
