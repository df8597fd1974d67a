"""``heritwin demo``: the main job on a simulated survey, through the public API."""
