"""Free texts → how much their words and pairs of words weigh: TF-IDF that the model file repeats to the letter."""

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import Pipeline

# A word is what stands between these. skl2onnx would put [a-zA-Z0-9_]+ in place of scikit-learn's own pattern, without
# a word, and Python and ONNX (RE2) know other letters: a class that lists what is none is the same to both.
WORD = r"[^ \t\n\r.,;:!?\"'()\[\]{}<>/|*+=#@&%$~`_\-]+"
MOST_WORDS = 500  # the most frequent ones, and pairs of them, of one column
DOMAIN = {"com.microsoft": 1}  # where onnxruntime keeps the operator that cuts texts


def word_counts() -> TfidfVectorizer:
    """Texts (n,) → (n, MOST_WORDS at most) float32. Texts come in lower case: ONNX would need a locale for that."""
    return TfidfVectorizer(
        token_pattern=WORD, ngram_range=(1, 2), max_features=MOST_WORDS, lowercase=False, dtype=np.float32
    )


def conversion_options(pipeline: Pipeline) -> dict[int, dict[str, object]]:
    """What skl2onnx has to be told about each of a fitted pipeline's texts."""
    made = (part for _, part, _ in pipeline[0].transformers_)
    return {id(part): {"tokenexp": WORD} for part in made if isinstance(part, TfidfVectorizer)}
