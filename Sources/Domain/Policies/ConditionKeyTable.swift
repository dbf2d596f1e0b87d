/// What is known of each condition key, in the order of `ConditionKey`.
enum ConditionKeyTable {
    struct Row: Sendable {
        let key: ConditionKey
        let name: String
        let types: [ConditionKey.ValueType]
        let isMultivalued: Bool

        init(
            _ key: ConditionKey, _ name: String, _ types: [ConditionKey.ValueType],
            isMultivalued: Bool = false
        ) {
            self.key = key
            self.name = name
            self.types = types
            self.isMultivalued = isMultivalued
        }
    }

    /// The keys that are no family, by their names in lower case.
    static let plain = Dictionary(
        uniqueKeysWithValues: rows.filter { $0.name.last != "/" }.map { ($0.name.lowercased(), $0.key) })
    static let plainNames = rows.map(\.name).filter { $0.last != "/" }
    static let familyNames = rows.map(\.name).filter { $0.last == "/" }
    /// Whether each key is a family, by its raw value: asked for each value of a request.
    static let areFamilies = rows.map { $0.name.last == "/" }
    /// The families, by their names in lower case with the slash.
    static let families = Dictionary(
        uniqueKeysWithValues: rows.filter { $0.name.last == "/" }.map { ($0.name.lowercased(), $0.key) })

    static let rows: [Row] = [
        Row(.attributes, "dynamodb:Attributes", [.string], isMultivalued: true),
        Row(.enclosingOperation, "dynamodb:EnclosingOperation", [.string]),
        Row(.firstPartitionKeyValues, "dynamodb:FirstPartitionKeyValues", [.string], isMultivalued: true),
        Row(.fisActionId, "dynamodb:FisActionId", [.string]),
        Row(.fisTargetArns, "dynamodb:FisTargetArns", [.arn], isMultivalued: true),
        Row(.fourthPartitionKeyValues, "dynamodb:FourthPartitionKeyValues", [.string], isMultivalued: true),
        Row(.fullTableScan, "dynamodb:FullTableScan", [.bool]),
        Row(.leadingKeys, "dynamodb:LeadingKeys", [.string], isMultivalued: true),
        Row(.returnConsumedCapacity, "dynamodb:ReturnConsumedCapacity", [.string]),
        Row(.returnValues, "dynamodb:ReturnValues", [.string]),
        Row(.secondPartitionKeyValues, "dynamodb:SecondPartitionKeyValues", [.string], isMultivalued: true),
        Row(.select, "dynamodb:Select", [.string]),
        Row(.thirdPartitionKeyValues, "dynamodb:ThirdPartitionKeyValues", [.string], isMultivalued: true),
        Row(.principalArn, "aws:PrincipalArn", [.arn]),
        Row(.principalAccount, "aws:PrincipalAccount", [.string]),
        Row(.principalOrgPaths, "aws:PrincipalOrgPaths", [.string], isMultivalued: true),
        Row(.principalOrgID, "aws:PrincipalOrgID", [.string]),
        Row(.principalTag, "aws:PrincipalTag/", [.string]),
        Row(.principalIsAWSService, "aws:PrincipalIsAWSService", [.bool]),
        Row(.principalServiceName, "aws:PrincipalServiceName", [.string]),
        Row(.principalServiceNamesList, "aws:PrincipalServiceNamesList", [.string], isMultivalued: true),
        Row(.principalType, "aws:PrincipalType", [.string]),
        Row(.userid, "aws:userid", [.string]),
        Row(.username, "aws:username", [.string]),
        Row(.assumedRoot, "aws:AssumedRoot", [.bool]),
        Row(.federatedProvider, "aws:FederatedProvider", [.string]),
        Row(.tokenIssueTime, "aws:TokenIssueTime", [.date]),
        Row(.signInSessionArn, "aws:SignInSessionArn", [.arn]),
        Row(.multiFactorAuthAge, "aws:MultiFactorAuthAge", [.numeric]),
        Row(.multiFactorAuthPresent, "aws:MultiFactorAuthPresent", [.bool]),
        Row(.chatbotSourceArn, "aws:ChatbotSourceArn", [.arn]),
        Row(.ec2InstanceSourceVpc, "aws:Ec2InstanceSourceVpc", [.string]),
        Row(.ec2InstanceSourcePrivateIPv4, "aws:Ec2InstanceSourcePrivateIPv4", [.ipAddress]),
        Row(.sourceIdentity, "aws:SourceIdentity", [.string]),
        Row(.sourceIp, "aws:SourceIp", [.ipAddress]),
        Row(.sourceVpc, "aws:SourceVpc", [.string]),
        Row(.sourceVpcArn, "aws:SourceVpcArn", [.arn]),
        Row(.sourceVpce, "aws:SourceVpce", [.string]),
        Row(.vpceAccount, "aws:VpceAccount", [.string]),
        Row(.vpceOrgID, "aws:VpceOrgID", [.string]),
        Row(.vpceOrgPaths, "aws:VpceOrgPaths", [.string], isMultivalued: true),
        Row(.vpcSourceIp, "aws:VpcSourceIp", [.ipAddress]),
        Row(.resourceAccount, "aws:ResourceAccount", [.string]),
        Row(.resourceOrgID, "aws:ResourceOrgID", [.string]),
        Row(.resourceOrgPaths, "aws:ResourceOrgPaths", [.string], isMultivalued: true),
        Row(.resourceTag, "aws:ResourceTag/", [.string]),
        Row(.calledVia, "aws:CalledVia", [.string], isMultivalued: true),
        Row(.calledViaFirst, "aws:CalledViaFirst", [.string]),
        Row(.calledViaLast, "aws:CalledViaLast", [.string]),
        Row(.calledViaAWSMCP, "aws:CalledViaAWSMCP", [.string]),
        Row(.viaAWSService, "aws:ViaAWSService", [.bool]),
        Row(.viaAWSMCPService, "aws:ViaAWSMCPService", [.bool]),
        Row(.currentTime, "aws:CurrentTime", [.date]),
        Row(.epochTime, "aws:EpochTime", [.date, .numeric]),
        Row(.referer, "aws:referer", [.string]),
        Row(.requestedRegion, "aws:RequestedRegion", [.string]),
        Row(.requestTag, "aws:RequestTag/", [.string]),
        Row(.tagKeys, "aws:TagKeys", [.string], isMultivalued: true),
        Row(.secureTransport, "aws:SecureTransport", [.bool]),
        Row(.sourceAccount, "aws:SourceAccount", [.string]),
        Row(.sourceArn, "aws:SourceArn", [.arn]),
        Row(.sourceOrgID, "aws:SourceOrgID", [.string]),
        Row(.sourceOrgPaths, "aws:SourceOrgPaths", [.string], isMultivalued: true),
        Row(.userAgent, "aws:UserAgent", [.string]),
        Row(.isMcpServiceAction, "aws:IsMcpServiceAction", [.bool]),
        Row(.iamResourceTag, "iam:ResourceTag/", [.string]),
        Row(.stsAWSServiceName, "sts:AWSServiceName", [.string]),
        Row(.stsDurationSeconds, "sts:DurationSeconds", [.numeric]),
        Row(.stsExternalId, "sts:ExternalId", [.string]),
        Row(.stsIdentityTokenAudience, "sts:IdentityTokenAudience", [.string], isMultivalued: true),
        Row(.stsRequestContext, "sts:RequestContext/", [.string]),
        Row(.stsRequestContextProviders, "sts:RequestContextProviders", [.arn], isMultivalued: true),
        Row(.stsRoleSessionName, "sts:RoleSessionName", [.string]),
        Row(.stsSigningAlgorithm, "sts:SigningAlgorithm", [.string]),
        Row(.stsSourceIdentity, "sts:SourceIdentity", [.string]),
        Row(.stsTaskPolicyArn, "sts:TaskPolicyArn", [.string]),
        Row(.stsTransitiveTagKeys, "sts:TransitiveTagKeys", [.string], isMultivalued: true),
        Row(.googleAud, "accounts.google.com:aud", [.string]),
        Row(.googleOaud, "accounts.google.com:oaud", [.string]),
        Row(.googleSub, "accounts.google.com:sub", [.string]),
        Row(.cognitoAmr, "cognito-identity.amazonaws.com:amr", [.string]),
        Row(.cognitoAud, "cognito-identity.amazonaws.com:aud", [.string]),
        Row(.cognitoSub, "cognito-identity.amazonaws.com:sub", [.string]),
        Row(.facebookAppId, "graph.facebook.com:app_id", [.string]),
        Row(.facebookId, "graph.facebook.com:id", [.string]),
        Row(.amazonAppId, "www.amazon.com:app_id", [.string]),
        Row(.amazonUserId, "www.amazon.com:user_id", [.string]),
        Row(.samlAud, "saml:aud", [.string]),
        Row(.samlCn, "saml:cn", [.string], isMultivalued: true),
        Row(.samlCommonName, "saml:commonName", [.string]),
        Row(.samlDoc, "saml:doc", [.string]),
        Row(.samlEduorghomepageuri, "saml:eduorghomepageuri", [.string], isMultivalued: true),
        Row(
            .samlEduorgidentityauthnpolicyuri, "saml:eduorgidentityauthnpolicyuri", [.string],
            isMultivalued: true),
        Row(.samlEduorglegalname, "saml:eduorglegalname", [.string], isMultivalued: true),
        Row(.samlEduorgsuperioruri, "saml:eduorgsuperioruri", [.string], isMultivalued: true),
        Row(.samlEduorgwhitepagesuri, "saml:eduorgwhitepagesuri", [.string], isMultivalued: true),
        Row(.samlEdupersonaffiliation, "saml:edupersonaffiliation", [.string], isMultivalued: true),
        Row(.samlEdupersonassurance, "saml:edupersonassurance", [.string], isMultivalued: true),
        Row(.samlEdupersonentitlement, "saml:edupersonentitlement", [.string], isMultivalued: true),
        Row(.samlEdupersonnickname, "saml:edupersonnickname", [.string], isMultivalued: true),
        Row(.samlEdupersonorgdn, "saml:edupersonorgdn", [.string]),
        Row(.samlEdupersonorgunitdn, "saml:edupersonorgunitdn", [.string], isMultivalued: true),
        Row(.samlEdupersonprimaryaffiliation, "saml:edupersonprimaryaffiliation", [.string]),
        Row(.samlEdupersonprimaryorgunitdn, "saml:edupersonprimaryorgunitdn", [.string]),
        Row(.samlEdupersonprincipalname, "saml:edupersonprincipalname", [.string]),
        Row(
            .samlEdupersonscopedaffiliation, "saml:edupersonscopedaffiliation", [.string], isMultivalued: true
        ),
        Row(.samlEdupersontargetedid, "saml:edupersontargetedid", [.string], isMultivalued: true),
        Row(.samlGivenName, "saml:givenName", [.string]),
        Row(.samlIss, "saml:iss", [.string]),
        Row(.samlMail, "saml:mail", [.string]),
        Row(.samlName, "saml:name", [.string]),
        Row(.samlNamequalifier, "saml:namequalifier", [.string]),
        Row(.samlOrganizationStatus, "saml:organizationStatus", [.string]),
        Row(.samlPrimaryGroupSID, "saml:primaryGroupSID", [.string]),
        Row(.samlSub, "saml:sub", [.string]),
        Row(.samlSubType, "saml:sub_type", [.string]),
        Row(.samlSurname, "saml:surname", [.string]),
        Row(.samlUid, "saml:uid", [.string]),
        Row(.samlX500UniqueIdentifier, "saml:x500UniqueIdentifier", [.string]),
        Row(.tokenIssuer, "homeroom:issuer", [.string]),
        Row(.tokenAudience, "homeroom:audience", [.string], isMultivalued: true),
        Row(.tokenSubject, "homeroom:subject", [.string]),
        Row(.tokenRole, "homeroom:role", [.string]),
        Row(.tokenTier, "homeroom:tier", [.string]),
        Row(.tokenTenantId, "homeroom:tenant_id", [.string]),
        Row(.tokenSchoolId, "homeroom:school_id", [.string]),
        Row(.tokenStudentId, "homeroom:student_id", [.string]),
    ]
}
