"""Personal data beside credentials: phones, My Numbers, cards, lists of addresses. Loaded only when asked for."""
