"""What two incidents can share: machines, error texts, parts, symptoms, mechanisms, links, and words like 「また」."""
