"""What is kept, held and disposed of, on the store side: folds of the ledger, decisions of persons, and deletion."""
