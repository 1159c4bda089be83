// Every step type that is known, and what its spec holds.
import type { Fields, ObjectShape } from '../../yaml/object-shape.ts';
import { buildAndPushShapes } from './build-and-push.ts';
import { otherStepShapes } from './other-steps.ts';
import { background, plugin, run } from './run.ts';
import { aquaTrivy } from './scan.ts';

/** Spec shapes of all step types that have one. */
export const specShapes: Readonly<Record<string, ObjectShape<Fields>>> = {
  ...buildAndPushShapes,
  Run: run,
  Plugin: plugin,
  Background: background,
  AquaTrivy: aquaTrivy,
  ...otherStepShapes,
};

/** Types of Harness whose spec is kept as it is: other scanners, approvals, deployments and the like. */
const opaqueTypes: readonly string[] = (
  'Anchore AquaSecurity Aqua Awsecr AwsEcr AwsSecurityHub Bandit BlackDuck Brakeman Burp Checkmarx CheckmarxOne Checkov Clair CodeQL ' +
  'Coverity CustomIngest DataTheorem DockerContentTrust External FossaScan Fortify FortifyOnDemand Fossa Gitleaks GithubAdvancedSecurity ' +
  'Grype HQL JfrogXray MendScan Mend Metasploit Modelscan Nessus Nexus NexusIQ Nikto Nmap Openvas OsvScanner Osv Owasp PrismaCloud Prowler Qualys ' +
  'Qwiet Reapsaw Semgrep ShiftLeft Sniper Snyk Sonarqube Sysdig Tenable Traceable Trufflehog TwistLock Veracode Whitesource Wiz Xray Zap ' +
  'Security SscaOrchestration SscaEnforcement SscaCompliance SlsaVerification SscaArtifactSigning SscaArtifactVerification ' +
  'ShellScript Http HarnessApproval CustomApproval JiraApproval JiraCreate JiraUpdate ServiceNowApproval ServiceNowCreate ServiceNowUpdate ' +
  'ServiceNowImportSet Email Barrier Wait Queue ResourceConstraint Policy Verify AnalyzeDeploymentImpact GitOpsSync UpdateReleaseRepo MergePR ' +
  'RevertPR FetchLinkedApps UpdateGitOpsApp GitOpsGetAppDetails Container ContainerRun Command Jenkins JenkinsBuild BambooBuild ' +
  'TerraformPlan TerraformApply TerraformDestroy TerraformRollback TerraformCloudRun TerraformCloudRollback TerragruntPlan TerragruntApply ' +
  'TerragruntDestroy TerragruntRollback IACMTerraformPlugin IACMOpenTofuPlugin IACMApproval IACMCheckovSecurity IACMTerragruntPlugin ' +
  'K8sRollingDeploy K8sRollingRollback K8sBlueGreenDeploy K8sBGSwapServices K8sBlueGreenStageScaleDown K8sCanaryDeploy K8sCanaryDelete ' +
  'K8sApply K8sDelete K8sScale K8sDryRun K8sRollout K8sDiff K8sPatch K8sTrafficRouting HelmDeploy HelmRollback HelmDelete HelmTest HelmChartBasedDeploy ' +
  'CreateStack DeleteStack RollbackStack AzureCreateARMResource AzureCreateBPResource AzureARMRollback AzureSlotDeployment AzureSwapSlot ' +
  'AzureTrafficShift AzureWebAppRollback AzureFunctionDeploy EcsRollingDeploy EcsRollingRollback EcsCanaryDeploy EcsCanaryDelete EcsRunTask ' +
  'EcsBlueGreenCreateService EcsBlueGreenSwapTargetGroups EcsBlueGreenRollback EcsServiceSetup EcsUpgradeContainer EcsBasicRollback ' +
  'ServerlessAwsLambdaDeploy ServerlessAwsLambdaRollback ServerlessAwsLambdaPrepareRollbackV2 ServerlessAwsLambdaDeployV2 AwsLambdaDeploy ' +
  'AwsLambdaRollback AwsSamDeploy AwsSamBuild AwsSamRollback AwsCdkBootstrap AwsCdkSynth AwsCdkDiff AwsCdkDeploy AwsCdkDestroy AwsCdkRollback ' +
  'AsgRollingDeploy AsgRollingRollback AsgCanaryDeploy AsgCanaryDelete AsgBlueGreenDeploy AsgBlueGreenSwapService AsgBlueGreenRollback ' +
  'TasBasicAppSetup TasCanaryAppSetup TasBGAppSetup TasAppResize TasSwapRoutes TasSwapRollback TasRollback TasCommand TasRollingDeploy ' +
  'GoogleFunctionsDeploy GoogleFunctionsRollback DeployCloudRun CloudRunRollback Rancher CookieCutter CreateRepo DirectPush RegisterCatalog ' +
  'CreateCatalog CreateProject CreateOrganization CreateResource UpdateCatalogProperty SlackNotify FlagConfiguration CreateFlag UpdateRule ' +
  'Chaos ProvenanceStep SaveCacheHarness RestoreCacheHarness DBSchemaApply DBSchemaRollback LiquibaseCommand EventListener ' +
  'CVSApproval ShellScriptProvision BuildAndPushToHAR InitContainer LiteEngineTask NoopStep GitStatusCheck GetDriftDetection BackstageEnvironment'
).split(/\s+/);

export const stepTypes: readonly string[] = [...Object.keys(specShapes), ...opaqueTypes];
const known: ReadonlySet<string> = new Set(stepTypes);
export const isStepType = (type: string): boolean => known.has(type);
