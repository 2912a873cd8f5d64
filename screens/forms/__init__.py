"""Forms, questions and the editor: what is shown over a place until it ends with a result."""
