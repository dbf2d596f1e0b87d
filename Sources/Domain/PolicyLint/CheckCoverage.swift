/// The checks of IAM Access Analyzer and parliament that have nothing to do here, and why.
///
/// Those that have are named by the rules as their sources; a test holds both against the published lists.
enum CheckCoverage {
    /// By a reason, the ids: `AA:` IAM Access Analyzer, `P:` parliament.
    static let notApplicable: [(reason: String, ids: [String])] = [
        (
            "The policy of a role has no `Principal`, and a document with one is refused whole "
                + "(`principal-in-role-policy`).",
            [
                "AA:INVALID_PRINCIPAL_FORMAT", "AA:INVALID_PRINCIPAL_KEY", "AA:MISSING_PRINCIPAL",
                "AA:UNSUPPORTED_WILDCARD_IN_PRINCIPAL", "AA:FEDERATED_PRINCIPAL_NOT_SUPPORTED",
                "AA:INVALID_ROLE_REFERENCE", "AA:INVALID_USER_REFERENCE", "AA:ALLOW_WITH_NOT_PRINCIPAL",
                "AA:EMPTY_ARRAY_PRINCIPAL", "AA:EMPTY_OBJECT_PRINCIPAL",
                "AA:RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL",
                "AA:RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL",
                "AA:UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL",
            ]
        ),
        (
            "It is about policies attached to resources, which Homeroom does not have.",
            [
                "AA:UNSUPPORTED_ACTION_IN_POLICY", "AA:UNSUPPORTED_RESOURCE_ARN_IN_POLICY",
                "AA:POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA", "AA:IRRELEVANT_CONDITION_KEY_IN_POLICY",
            ]
        ),
        (
            "It is about service control policies, which Homeroom does not have.",
            [
                "AA:SCP_SYNTAX_ERROR_ACTION_WILDCARD", "AA:SCP_SYNTAX_ERROR_PRINCIPAL",
                "AA:POLICY_SIZE_EXCEEDS_SCP_QUOTA",
            ]
        ),
        (
            "It is about resource control policies, which Homeroom does not have.",
            [
                "AA:POLICY_SIZE_EXCEEDS_RCP_QUOTA", "AA:RCP_SYNTAX_ERROR_PRINCIPAL",
                "AA:RCP_SYNTAX_ERROR_ALLOW", "AA:RCP_SYNTAX_ERROR_NOTACTION", "AA:RCP_SYNTAX_ERROR_ACTION",
                "AA:RCP_MISSING_RELATED_PRINCIPAL_CONDITION_KEY",
                "AA:RCP_MISSING_RELATED_SERVICE_PRINCIPAL_CONDITION_KEY",
                "AA:RCP_MISSING_SERVICE_CONDITION_KEY_NULL_CHECK",
            ]
        ),
        (
            "A role's trust is no IAM document: its issuer and audience are plain texts, and only conditions are "
                + "written as in a policy. Other elements are refused (`unknown-element`).",
            [
                "AA:ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL",
                "AA:ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE", "AA:MISMATCHED_ACTION_FOR_PRINCIPAL",
                "AA:MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY",
                "AA:REDUNDANT_PRINCIPAL_IN_ROLE_TRUST_POLICY",
            ]
        ),
        (
            "Tokens of GitHub open no role here: every token has the claims of Homeroom's own.",
            [
                "AA:MISSING_GITHUB_REPO_CONDITION_KEY", "AA:SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED",
            ]
        ),
        (
            "A token's audience is a key with several values here, so a word on how they are taken is right.",
            ["AA:FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE", "AA:CONFIRM_AUDIENCE_CLAIM_TYPE"]
        ),
        (
            "`aws:SourceIp` is the address of the connection to the gateway, which may well lie in a private network.",
            [
                "AA:PRIVATE_IP_ADDRESS", "AA:PRIVATE_NOT_IP_ADDRESS", "AA:PRIVATE_IP_ADDRESS_SUBSET",
                "AA:PRIVATE_NOT_IP_ADDRESS_SUBSET",
            ]
        ),
    ]
}
