"""HTTP as Crosswalk speaks it: templates, forms, errors, security, languages. Knows no paper."""
