"""What passes into other hands: what kb itself depends on, and what a member holds."""
