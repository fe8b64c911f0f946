"""`python -m meshx recover`: mends what a killed run left in the files of Pulumi's backend."""
