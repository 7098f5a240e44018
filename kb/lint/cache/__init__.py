"""Judgements and known secrets kept between runs."""
