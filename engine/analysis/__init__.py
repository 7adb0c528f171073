"""Items to issues: near-duplicates, clusters, quadrants, scores. Pure CPU work, no input or output.

`Analyst` is the face; it runs in the worker process.
"""

from engine.analysis.analyst import Analyst
from engine.analysis.cluster import ClusterRules
from engine.analysis.embed import Embedder
from engine.analysis.readings import AnalysedItem, Analysis, Assignment, IssueReading, Placed
from engine.analysis.taxonomy import Definition, Taxonomy, load_default, parse_taxonomy

__all__ = [
    "AnalysedItem",
    "Analysis",
    "Analyst",
    "Assignment",
    "ClusterRules",
    "Definition",
    "Embedder",
    "IssueReading",
    "Placed",
    "Taxonomy",
    "load_default",
    "parse_taxonomy",
]
