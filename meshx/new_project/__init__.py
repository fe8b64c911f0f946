"""`meshx init`: a new project of Pulumi, out of answers. Its folder template/ is one for `pulumi new` as well."""
