"""Published scores on benchmarks: entered, drawn from tables, paired, plotted."""
