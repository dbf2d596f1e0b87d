/// What lint says of each document found in the wild: ids, with how often. Read over by a person: what
/// is here is true of the document, and where there is nothing the document is without fault.
enum WildExpectations {
    static let ids: [String: String] = Dictionary(
        uniqueKeysWithValues: table.split(separator: "\n").map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (String(parts[0]), parts.count > 1 ? String(parts[1].drop { $0 == " " }) : "")
        })

    private static let table = """
        attributes-getitem-single-statement-object.json: attributes-without-select no-leading-keys \
        sid-missing
        attributes-getitem-without-select.json: attributes-without-select no-leading-keys sid-missing
        attributes-with-writes-select-ifexists.json: no-leading-keys sid-missing
        backup-all-actions-star.json: no-leading-keys resource-star sid-missing whole-table-action*2
        backup-awsbackup-trailing-comma-after-statement.broken.txt: json-syntax
        backup-deny-pitr-only.json: sid-missing
        backup-deny-restore-wildcard-backup-arn.json: sid-missing
        backup-restore-trailing-comma.broken.txt: json-syntax
        books-table-single-statement-object.json: all-actions no-leading-keys sid-missing
        bootcamp-system-admin-star-per-table.json: all-actions*4 no-leading-keys*4 other-service*2 \
        redundant-action template-mark*5
        bootcamp-system-user-scan-all-tenants.json: no-leading-keys*4 other-service*2 template-mark*4
        bootcamp-tenant-admin-product-table-open.json: key-without-action*2 leading-keys-without-null*2 \
        no-leading-keys other-service template-mark*7
        bootcamp-tenant-user-all-tables-keyed.json: key-without-action*3 leading-keys-without-null*3 \
        other-service template-mark*8
        boundary-service-stars-with-denies.json: all-actions no-leading-keys other-service*4 \
        resource-star unsupplied-variable
        chalice-fn-sub-inside-policy.json: no-leading-keys other-service sid-missing*2 template-mark
        cognito-guide-sub-own-items-with-batch.json: leading-keys-without-null sid-missing \
        unsupplied-variable
        cognito-sub-own-items-no-query.json: leading-keys-without-null sid-missing unsupplied-variable
        cognito-sub-own-items-with-query.json: leading-keys-without-null sid-missing unsupplied-variable
        confidant-star-with-deletetable-deny.json: all-actions no-leading-keys sid-missing*2
        contributor-insights-deny-index-arn.json: resource-star sid-missing*2
        contributor-insights-trailing-comma.broken.txt: json-syntax
        credstash-reader-scan.json: arn-account no-leading-keys other-service sid-missing*2
        credstash-setup-angle-bracket-account.json: sid-missing*2 template-mark
        credstash-writer-putitem-only.json: arn-account no-leading-keys other-service sid-missing*2
        dax-service-role-account-placeholder.json: arn-account no-leading-keys resource-star sid-missing
        dax-user-two-stars.json: all-actions no-leading-keys other-service resource-star sid-missing*2
        deny-putitem-if-any-attribute-foranyvalue.json: sid-missing
        derived-2008-version-with-variable.json: leading-keys-without-null sid-missing \
        version-without-variables
        derived-five-field-arn.json: arn-incomplete leading-keys-without-null sid-missing \
        unsupplied-variable
        ecs-ref-basic-tier-task-role-scan.json: no-leading-keys sid-missing template-mark whole-table-action
        eks-tenant-service-account-scan-on-pooled-product.json: no-leading-keys open-scan sid-missing*2 \
        template-mark*3
        examples-append-only-resource-inside-array.broken.txt: json-syntax
        examples-data-full-access-cfn-variables.json: no-leading-keys*2 template-mark*5 whole-table-action
        examples-dax-and-table.json: no-leading-keys*2 other-service template-mark*3
        examples-infrastructure-full-access.json: no-leading-keys other-service resource-star \
        template-mark*8 whole-table-action*4
        examples-putitem-star-beside-table.json: no-leading-keys redundant-resource resource-star \
        sid-missing
        examples-resource-policy-thirteen-digit-account.json: arn-account no-leading-keys \
        principal-in-role-policy sid-missing
        examples-streams-only.json: template-mark whole-table-action
        export-to-s3.json: other-service whole-table-action
        fgac-attributes-only-with-scan.json: no-leading-keys
        fgac-deny-list-attributes-forallvalues-stringnotlike.json: no-leading-keys
        fgac-facebook-id-keys-attributes-and-index.json: leading-keys-without-null unsupplied-variable
        fgac-full-access-own-items.json: leading-keys-without-null unsupplied-variable
        fgac-index-query-all-projected.json: no-leading-keys
        fgac-index-query-projected-attributes.json: no-leading-keys
        fgac-read-only-own-items.json: leading-keys-without-null unsupplied-variable
        fgac-saas-readme-unquoted-table-arn.broken.txt: json-syntax
        fgac-saas-sharded-keys-session-policy.json: leading-keys-without-null sid-missing template-mark*2
        fgac-user-items-and-attributes.json: leading-keys-without-null unsupplied-variable
        getfederationtoken-list-actions.json: credentials-action other-service*3 sid-missing*5
        globaltables-autoscaling-star.json: other-service resource-star sid-missing
        globaltables-legacy-mixed-arns.json: sid-missing
        globaltables-v2-createtable-three-regions.json: arn-region
        globaltables-v2-servicelinkedrole-star.json: other-service resource-star
        import-from-s3-table-arn-for-import-actions.json: action-without-resource*2 other-service*2 \
        whole-table-action
        kinesis-stream-deny-on-another-table.json: sid-missing*2 whole-table-action
        lambda-access-arn-with-trailing-space.json: arn-resource no-leading-keys other-service \
        whole-table-action
        lambda-blueprint-microservice-all-tables.json: no-leading-keys resource-star sid-missing
        managed-dynamodb-full-access-v2.json: all-actions no-leading-keys other-service*10 resource-star
        managed-dynamodb-read-only.json: no-leading-keys other-service*12 resource-star
        managed-emr-ec2-role.json: all-actions no-leading-keys other-service*10 resource-star sid-missing
        managed-iot-rule-actions-statement-object.json: no-leading-keys other-service*8 resource-star \
        sid-missing
        mfa-cross-account-placeholder-account.json: all-actions arn-account no-leading-keys
        microservices-principaltag-lowercase-action.json: action-case leading-keys-without-null \
        sid-missing template-mark unsupplied-variable
        ops-workshop-pooled-swapped-condition-key-and-value.json: delimiter-in-tag*2 \
        leading-keys-without-null*3 no-leading-keys*2 sid-missing*5 template-mark*8 unknown-key*3 \
        unsupplied-variable*6
        ops-workshop-siloed-table-name-by-tag.json: delimiter-in-tag*2 leading-keys-without-null*3 \
        no-leading-keys*2 sid-missing*5 template-mark*8 unknown-key*3 unsupplied-variable*6
        partiql-deny-full-table-scan.json: no-leading-keys sid-missing*2
        partiql-deny-in-transaction-then-allow.json: no-leading-keys sid-missing*2
        partiql-four-actions.json: no-leading-keys sid-missing
        partiql-insert-on-index-arn.json: action-without-resource no-leading-keys resource-without-action \
        sid-missing
        partiql-only-in-transaction.json: no-leading-keys sid-missing
        patterns-invokefunction-on-stream-arn.json: other-service*2 template-mark*2 whole-table-action
        pypicloud-listtables-star.json: no-leading-keys resource-star sid-missing
        reserved-capacity-deny-purchase.json:
        resource-policy-account-root.json: no-leading-keys principal-in-role-policy sid-missing
        resource-policy-python-fstrings.broken.txt: json-syntax
        returnvalues-none-ifexists.json: no-leading-keys sid-missing
        saas-patterns-scan-under-forallvalues.json: key-without-action open-scan sid-missing \
        template-mark unsupplied-variable
        saas-ref-system-admin-all-tables.json: no-leading-keys resource-star sid-missing template-mark
        saas-ref-tenant-admin-pooled-prefix.json: leading-keys-without-null*2 redundant-statement \
        sid-missing*2 tables-under-wildcard*2 template-mark*4
        saas-ref-tenant-admin-shared-services.json: leading-keys-without-null no-leading-keys \
        sid-missing*2 template-mark*5
        sam-template-crud.json: no-leading-keys sid-missing template-mark*2 version-missing
        sam-template-stream-read.json: sid-missing*2 template-mark*2 version-missing whole-table-action
        sbt-token-vending-principaltag.json: leading-keys-without-null sid-missing unsupplied-variable
        sdk-example-passrole-and-putitem-star.json: no-leading-keys other-service*2 resource-star \
        sid-missing*3
        sdk-example-resilient-service-instance.json: no-leading-keys other-service sid-missing*2
        serverless-patterns-tenant-prefix-double-hash.json: leading-keys-without-null sid-missing \
        template-mark*2
        specific-table-mixed-wildcard-actions.json: action-without-resource no-leading-keys \
        permissions-action*2 resource-star whole-table-action
        stepfunctions-double-bracket-placeholders.json: no-leading-keys sid-missing template-mark
        stream-lambda-role-placeholder-region.json: action-without-resource arn-account arn-region \
        other-service*3 sid-missing*4 whole-table-action
        table-per-user-by-username-variable.json: all-actions arn-account sid-missing unsupplied-variable
        terragrunt-lock-table-trailing-comma.broken.txt: json-syntax
        terragrunt-ten-digit-account-prefix-wildcard.json: all-actions arn-account no-leading-keys \
        other-service redundant-resource
        tictactoe-table-and-index-star.json: all-actions no-leading-keys sid-missing*2
        transactions-all-item-actions.json: no-leading-keys sid-missing
        transactions-denied-enclosingoperation.json: any-value-on-single key-without-action \
        no-leading-keys sid-missing*2
        transactions-only-enclosingoperation-foranyvalue.json: any-value-on-single key-without-action \
        no-leading-keys sid-missing
        tvm-template-dynamodb-star-leadingkeys.json: all-actions open-scan sid-missing template-mark*2
        tvm-template-leadingkeys-with-space-in-key.json: all-actions no-leading-keys sid-missing \
        template-mark*2 unknown-key
        vpce-describeendpoints-placeholder-principal.json: principal-in-role-policy sid-missing
        """
}
