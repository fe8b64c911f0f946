"""`python -m meshx recover`: repairs what a killed run left in the files of Pulumi's backend."""
