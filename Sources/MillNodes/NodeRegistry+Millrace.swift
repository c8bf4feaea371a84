import MillGraph

extension NodeRegistry {
    /// All node types, models and connections that Millrace brings along, for one run.
    ///
    /// - Parameter journal: collects what `sink.report` nodes see.
    public static func millrace(journal: RunJournal) -> NodeRegistry {
        let home = HomeService()
        var registry = NodeRegistry()
        registry.register(DirectorySource.type)
        registry.register(FlowLimit.type)
        registry.register(ImageDecodeNode.type)
        registry.register(VisionEncodeNode.type)
        registry.register(LanguageGenerateNode.type)
        registry.register(EventTrackNode.type)
        registry.register(PolicyRulesNode.type(home: home))
        registry.register(ActionHomeNode.type)
        registry.register(JSONLinesSink.type)
        registry.register(ReportSink.type(journal: journal))
        registry.register(DocumentsSource.type(journal: journal))
        registry.register(DocumentOpenNode.type)
        registry.register(DocumentPagesNode.type)
        registry.register(PageReadNode.type)
        registry.register(DocumentLayoutNode.type)
        registry.register(DocumentExtractNode.type)
        registry.register(DocumentPicturesNode.type)
        registry.register(LanguageExtractNode.type)
        registry.register(RecordsSink.type(journal: journal))
        registry.register(AudioSource.type)
        registry.register(SpeechTranscribeNode.type)
        registry.register(model: ModelResource.type)
        for type in home.connectionTypes { registry.register(connection: type) }
        registry.register(deviceFields: HomeService.deviceFields) { HomeService.deviceProblems($0) }
        return registry
    }
}
