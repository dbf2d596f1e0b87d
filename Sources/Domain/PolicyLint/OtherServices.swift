/// The services of AWS that policies name most beside DynamoDB and STS, to tell them from slips.
///
/// Source: AWS Service Authorization Reference, service prefixes.
enum OtherServices {
    /// The service of an action or a condition key, in backticks, where it is a known one that Homeroom does not
    /// answer for.
    static func service(of text: String) -> String? {
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let prefix = text[..<colon].lowercased()
        return prefixes.contains(prefix) ? "`\(prefix)`" : nil
    }

    private static let prefixes = Set(
        """
        access-analyzer account acm acm-pca airflow amplify apigateway appconfig appflow application-autoscaling \
        appmesh apprunner appsync aps athena autoscaling backup batch bedrock billing budgets cassandra ce chatbot \
        cloud9 cloudformation cloudfront cloudhsm cloudsearch cloudshell cloudtrail cloudwatch codeartifact codebuild \
        codecommit codedeploy codepipeline cognito-identity cognito-idp cognito-sync comprehend config connect cur \
        databrew dataexchange datapipeline datasync dax devicefarm directconnect dlm dms ds ec2 ec2messages ecr ecs \
        eks elasticache elasticbeanstalk elasticfilesystem elasticloadbalancing elasticmapreduce es events evidently \
        execute-api firehose fis forecast freertos fsx gamelift geo glacier globalaccelerator glue grafana \
        greengrass guardduty health iam imagebuilder inspector inspector2 iot iotanalytics iotevents ivs kafka kendra \
        kinesis kinesisanalytics kinesisvideo kms lakeformation lambda lex license-manager lightsail logs \
        machinelearning macie2 mediaconvert medialive memorydb mobiletargeting mq neptune-db network-firewall \
        opsworks organizations outposts personalize pi pipes polly pricing qldb quicksight ram rds rds-data redshift \
        redshift-data rekognition resource-groups route53 route53domains route53resolver s3 s3express sagemaker \
        savingsplans scheduler schemas sdb secretsmanager securityhub servicecatalog servicediscovery servicequotas \
        ses shield sns sqs ssm ssmmessages sso states storagegateway support swf synthetics tag textract timestream \
        transcribe transfer translate trustedadvisor vpc-lattice waf wafv2 wellarchitected workdocs workmail \
        workspaces xray
        """.split(separator: " ").map(String.init))
}
