"""One page of HTML for a run, a benchmark, an audit or a comparison."""
